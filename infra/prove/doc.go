// Package prove lets many customers buy from the whole system while it is being killed, frozen and cut off, and holds every answer
// they got against a model of a show, the invariants, the payment provider's books and the answers of before. Then it takes one
// guard away at a time and expects to find out. "make prove" runs it for as long as one likes, "make test" for some seconds.
//
// The binaries are built from the source as it is, but for the edits of a table (go build's -overlay): holds are short, so that
// they end while somebody looks on; and there are places at which a process can be told to die. What is shipped has neither.
package prove
