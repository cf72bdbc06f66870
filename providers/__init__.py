"""A library that reads the progress of long-running tasks from clouds. It never imports the bot."""
