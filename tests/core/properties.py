"""How properties are tried: as long as it takes, so that a busy machine fails none of them."""

from hypothesis import HealthCheck, settings

unhurried = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
briefly = settings(unhurried, max_examples=30)
"""For properties over whole messages, where making the examples is most of the work."""
