#!/usr/bin/env node
import { stackDiagram } from '../lib/stack-diagram.ts'

/** `node --import tsx bin/stack-diagram.ts cdk.out`: the stacks of a synthesized assembly, as Mermaid. */
const [assembly = 'cdk.out'] = process.argv.slice(2)
process.stdout.write(stackDiagram(assembly))
