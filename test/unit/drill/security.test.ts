import assert from 'node:assert/strict'
import { drillText, loadText, rejection } from './drill-file.ts'

const GOVERNED = '{ at: 15s, action: governed-replay, topics: [topic-0], reason: Because }'
const gates = ['{ gate: acked-loss, atMost: 0 }']

describe('the security of a drill', () => {
  const load = (security: string, ...timeline: string[]) =>
    loadText(drillText({ top: `drill: x\n${security}`, timeline, gates }))
  const refused = async (message: RegExp, security: string, ...timeline: string[]) =>
    assert.match((await rejection(load(security, ...timeline))).message, message)

  it('is absent unless it is asked for, and gives nobody a standing right', async () => {
    const { drill } = await load('security: { authorizer: true }', GOVERNED)
    assert.deepEqual(drill.security, { authorizer: true, alsoMayRead: {} })
    assert.equal((await loadText(drillText({}))).drill.security, undefined)
  })

  it('is what a governed replay needs, beside which another may read', async () => {
    await refused(/needs brokers that refuse whom nobody approved/, 'seed: 1', GOVERNED)
    await load('security: { authorizer: true }', GOVERNED, '{ at: 15s, action: replay, from: oldest }')
  })

  it('lets two be approved at once by two principals, and by one one after another', async () => {
    const secured = 'security: { authorizer: true }'
    const second = GOVERNED.replace('reason', 'principal: replay-2, reason')
    await load(secured, GOVERNED, second)
    await load(secured, GOVERNED, GOVERNED.replace('15s', '30s'))
    await refused(
      /the principal replay begins to read for timeline\[0\] at the same time/,
      secured,
      GOVERNED,
      GOVERNED,
    )
  })

  it('names topics of the contract, and principals that there are', async () => {
    const standing = (words: string) => `security: { authorizer: true, alsoMayRead: { ${words} } }`
    await load(standing('replay: [topic-1]'), GOVERNED)
    await refused(/the contract has no topic 'topic-9'/, standing('replay: [topic-9]'), GOVERNED)
    await refused(/stranger/, standing('stranger: [topic-1]'), GOVERNED)
    const other = GOVERNED.replace('topic-0', 'topic-9')
    await refused(/the contract has no topic 'topic-9'/, 'security: { authorizer: true }', other)
  })

  it('is refused with a governed replay where the contract says nothing of a topic that the run writes', async () => {
    const secured = 'security: { authorizer: true }'
    const sinks = (letters: boolean) =>
      `connectors: { sinks: [{ name: rows, topics: [topic-3], deadLetters: ${letters} }] }`
    const told =
      /contract .* says nothing of dead-letters-rows, which is written here \(sink rows, of what it cannot write\): .* is governed/
    await refused(told, `${secured}\n${sinks(true)}`, GOVERNED)
    // Whoever only reads live, or writes settings of his own, needs nobody's word.
    await load(`${secured}\n${sinks(false)}`, GOVERNED)
    await load(`${secured}\n${sinks(true)}`, '{ at: 15s, action: replay, from: oldest }')
  })

  it('does not go with what does not log in', async () => {
    await refused(
      /either 'security' or 'connector'/,
      'security: { authorizer: true }\nconnector: { topics: [topic-3] }',
      GOVERNED,
    )
  })
})
