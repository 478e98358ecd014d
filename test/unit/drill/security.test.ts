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

  it('is what a governed replay needs, and it has no other replay', async () => {
    await refused(/needs brokers that refuse whom nobody approved/, 'seed: 1', GOVERNED)
    const plain = '{ at: 15s, action: replay, from: oldest }'
    await refused(/brokers refuse a replay that nobody approved/, 'security: { authorizer: true }', plain)
  })

  it('names topics of the contract, and principals that there are', async () => {
    const standing = (words: string) => `security: { authorizer: true, alsoMayRead: { ${words} } }`
    await load(standing('replay: [topic-1]'), GOVERNED)
    await refused(/the contract has no topic 'topic-9'/, standing('replay: [topic-9]'), GOVERNED)
    await refused(/stranger/, standing('stranger: [topic-1]'), GOVERNED)
    const other = GOVERNED.replace('topic-0', 'topic-9')
    await refused(/the contract has no topic 'topic-9'/, 'security: { authorizer: true }', other)
  })

  it('does not go with what does not log in', async () => {
    await refused(
      /either 'security' or 'connector'/,
      'security: { authorizer: true }\nconnector: { topics: [topic-3] }',
      GOVERNED,
    )
  })
})
