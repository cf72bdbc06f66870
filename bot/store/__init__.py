"""Where watches, subscriptions and deliveries are kept."""
