module harbour.example/gate

go 1.21

require (
	github.com/google/uuid v1.4.0
	golang.org/x/time v0.5.0
)
