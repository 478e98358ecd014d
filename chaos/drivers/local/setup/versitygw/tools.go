//go:build tools

// Package tools pins the versitygw that the lab runs, so that go.sum vouches for every module in it.
package tools

import _ "github.com/versity/versitygw/cmd/versitygw"
