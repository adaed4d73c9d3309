// Test environment.
