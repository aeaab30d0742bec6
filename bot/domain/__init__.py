"""Plain frozen values and pure decisions everybody may import; they import the standard library only."""
