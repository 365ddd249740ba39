// Package rules checks what keeps this repository easy to find one's way in: who may import whom, where things lie, how
// long they may be, and that everything exported says what it is for. Its test runs the checks; they read source files
// and need nothing to be built: golangci-lint (depguard, revive, funlen, gci) knows a part of these rules, but building it
// takes two processors a minute and reading the code with it five seconds, against a fifth of a second here.
package rules
