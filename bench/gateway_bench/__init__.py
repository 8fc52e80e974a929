"""The parts of bench/gateway and bench/gateway_limits."""
