"""The device, the queue behind it and the crash-safe journal: what is recorded survives."""
