package main

// tokenWeight is what RapidFuzz's WRatio takes off ratios by token.
const tokenWeight = 0.95

// newWinkler makes the usual first try: equal domain, or else the greater of the
// Jaro-Winkler similarity and the token-set ratio, over all accounts.
func newWinkler() matcher {
	return &brute{name: "Jaro-Winkler or token set, domain first, all accounts", byDomain: true, similarity: winklerOrTokens}
}

func winklerOrTokens(c *comparer, a, b *nameOf, floor float64) float64 {
	jw := c.winkler(a, b, floor)
	return max(jw, tokenWeight*c.tokenSet(a, b, max(floor, jw)/tokenWeight))
}
