"""What is measured about Milepost, runnable: ``make bench``. Only ratios inside one interleaved run carry over."""
