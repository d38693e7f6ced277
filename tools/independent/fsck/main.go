// Checks every tile and every bundle of entries of a log with Tessera's fsck.
//
//	fsck FOLDER KEY
//
// FOLDER has `checkpoint` and `tile/` (c2sp.org/tlog-tiles). KEY is the log's verifier key. The
// exit status is 0 if the whole log is that of its checkpoint.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
)

// With one worker, fsck never ends on a log that was changed.
const workers = 4

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: fsck FOLDER KEY"))
	}
	key, err := note.NewVerifier(os.Args[2])
	if err != nil {
		fail(err)
	}
	folder := client.FileFetcher{Root: os.Args[1]}
	check := fsck.New(key.Name(), key, folder, leafHashes, fsck.Opts{N: workers})
	if err := check.Check(context.Background()); err != nil {
		fail(err)
	}
}

func leafHashes(bundle []byte) ([][]byte, error) {
	entries := &api.EntryBundle{}
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var hashes [][]byte
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "refused:", err)
	os.Exit(1)
}
