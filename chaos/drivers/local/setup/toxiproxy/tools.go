//go:build tools

// Package tools pins the Toxiproxy that the lab runs, so that go.sum vouches for every module in it.
package tools

import _ "github.com/Shopify/toxiproxy/v2/cmd/server"
