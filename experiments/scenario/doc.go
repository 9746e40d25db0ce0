// Package scenario reads scenario files: the run, the components of a design and their links, objectives, variants, and
// the values that --set replaces. It knows no service: the sections of the file are what a Language lists.
package scenario
