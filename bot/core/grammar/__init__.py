"""The one grammar of what a subscription can say, in commands, forms and files; ``bot.core.commands`` is its door."""
