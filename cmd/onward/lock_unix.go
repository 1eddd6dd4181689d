//go:build unix

package main

import (
	"os"
	"syscall"
)

// tryLock takes the file for this process, as long as it lives; false when
// another one has it.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}
