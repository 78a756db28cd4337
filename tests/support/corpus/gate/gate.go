package gate

import (
	"errors"
	"sync"
	"time"
)

// ErrClosed is returned for a pass through a closed gate.
var ErrClosed = errors.New("gate is closed")

// Gate counts lorries that enter and leave the terminal.
type Gate struct {
	mu     sync.Mutex
	open   bool
	inside map[string]time.Time
}

// NewGate returns an open gate.
func NewGate() *Gate {
	return &Gate{open: true, inside: make(map[string]time.Time)}
}

func (g *Gate) Enter(plate string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open {
		return ErrClosed
	}
	g.inside[plate] = now
	return nil
}

func (g *Gate) Leave(plate string, now time.Time) (time.Duration, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	since, ok := g.inside[plate]
	if !ok {
		return 0, false
	}
	delete(g.inside, plate)
	return now.Sub(since), true
}

func (g *Gate) Inside() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.inside)
}

func normalise(plate string) string {
	out := make([]rune, 0, len(plate))
	for _, r := range plate {
		if r != ' ' && r != '-' {
			out = append(out, r)
		}
	}
	return string(out)
}
