"""What happens by itself as time passes; never as a side effect of a request."""
