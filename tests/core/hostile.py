"""Strategies for text that means harm, or is merely long."""

from hypothesis import strategies as st

from providers.reasons import Cause, Hint, Reason, Service

ATTACKS = [
    "<!here>", "<!channel|x>", "<@U0123ABCD>", "<#C0123ABCD>", "<!subteam^S0123ABCD>", "<https://evil.example|bank>",
    "<!date^1^{date}^https://evil.example|x>", "@here", "@channel", "#general", "*bold*", "_it_", "__it__", "~gone~",
    "`code`", "```block```", ":tada:", ":+1:", ":flag-de:", ":)", "> quote", ">>> quote", "https://evil.example/x",
    "evil.example", "www.evil.example/a?b=c", "mailto:a@evil.example", "slack://open", "a&b", "&lt;!here&gt;", "&amp;",
    "line\nbreak", "\r\n\t", "\x00\x1b[31m", "\u202eright to left", "\u2066isolated\u2069", "\u200b\u2060", "\ufeff",
    "\ud800", "\U000e0041", "क\u093f.com", "e\u0301.com", "*_~`:@#<>&|", "“quoted”", "…", "\\", "|",
]  # fmt: skip
hostile = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=6) | st.sampled_from(list(" *_~`:@#<>&|./"))).map(
    "".join
)
long_text = st.builds(lambda text, times: (text * times)[:1500], hostile, st.sampled_from([1, 1, 400]))
"""Longer than every limit of a part, and short enough that many of them are quickly made."""
causes = st.builds(
    Cause,
    st.sampled_from(Reason),
    who=st.sampled_from(Service),
    status=st.none() | st.integers(100, 999),
    code=long_text,
    hint=st.sampled_from(Hint),
    said=long_text,
    field=st.sampled_from(["status", "RetCode"]),
)
