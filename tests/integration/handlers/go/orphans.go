package main

import (
	"fmt"
	"os"
	"os/exec"
)

// First words of the command lines of this program as its own child and grandchild.
const (
	becomeParent = "become-parent"
	becomeOrphan = "become-orphan"
)

// makeOrphans leaves count processes that end after their parents have.
func makeOrphans(count int) error {
	for range count {
		parent := exec.Command(os.Args[0], becomeParent)
		if out, err := parent.Output(); string(out) != "orphan started\n" {
			return fmt.Errorf("a parent said %q: %w", out, err)
		}
	}
	return nil
}

// leaveAnOrphan starts a child that ends when this process does, and ends this process. It returns on failure only.
func leaveAnOrphan() error {
	orphan := exec.Command(os.Args[0], becomeOrphan)
	if _, err := orphan.StdinPipe(); err != nil {
		return err
	}
	if err := orphan.Start(); err != nil {
		return err
	}
	fmt.Println("orphan started")
	os.Exit(0)
	return nil
}
