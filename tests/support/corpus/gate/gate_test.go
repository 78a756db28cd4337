package gate

import (
	"testing"
	"time"
)

func TestLeaveTellsTheStay(t *testing.T) {
	g := NewGate()
	start := time.Date(2024, 5, 1, 8, 0, 0, 0, time.UTC)
	if err := g.Enter("HB 12", start); err != nil {
		t.Fatal(err)
	}
	stay, ok := g.Leave("HB 12", start.Add(time.Hour))
	if !ok || stay != time.Hour {
		t.Fatalf("stay = %v, %v", stay, ok)
	}
}
