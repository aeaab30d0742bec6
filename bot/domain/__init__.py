"""Plain frozen values and pure decisions that every part of Latchkey may import; it imports the standard library only."""
