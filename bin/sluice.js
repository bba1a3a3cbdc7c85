#!/usr/bin/env node
// Starts the command line; `tpch` is its own program so that src/ never depends on the generator.
const [command] = process.argv.slice(2)
const program = command === 'tpch' ? '../dist/tpch/cli.js' : '../dist/src/cli.js'
const { main } = await import(program)
await main(process.argv.slice(2))
