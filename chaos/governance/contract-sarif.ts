import type { ContractReport } from './check-contract.ts'

/** By verdict; what passes is no result. */
const LEVEL = { fail: 'error', inconclusive: 'warning', pass: 'none' } as const

/**
 * What a contract breaks as SARIF 2.1.0, which code hosts show beside the lines of a change.
 * @param file as the host knows it: relative, with slashes @param text of it, to find the lines of topics
 */
export function contractSarif(
  { findings }: Pick<ContractReport, 'findings'>,
  { file, text, version }: { readonly file: string; readonly text: string; readonly version: string },
): string {
  const open = findings.filter(({ verdict }) => verdict !== 'pass')
  const ruleOf = (check: string) => check.replaceAll(' ', '-')
  const rules = [
    ...new Map(open.map(({ check, expected }) => [ruleOf(check), { check, expected }])).entries(),
  ]
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'aftershock contract check',
            semanticVersion: version,
            rules: rules.map(([id, { check, expected }]) => ({
              id,
              name: check,
              shortDescription: { text: `${check}: ${expected}` },
            })),
          },
        },
        results: open.map(({ topic, check, verdict, expected, actual, next }) => ({
          ruleId: ruleOf(check),
          ruleIndex: rules.findIndex(([id]) => id === ruleOf(check)),
          level: LEVEL[verdict],
          message: {
            text: `${topic}: ${check} is ${actual}; expected ${expected}${next === null ? '' : `. Next: ${next}`}`,
          },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file) },
                region: { startLine: lineOf(text, topic) },
              },
            },
          ],
          // The same finding of the same topic stays one, wherever its line moves to.
          partialFingerprints: { 'topicAndCheck/v1': `${topic}/${ruleOf(check)}` },
        })),
        columnKind: 'utf16CodeUnits',
      },
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Where the topic begins; the first line where it cannot be found, as a file has one. */
function lineOf(text: string, topic: string): number {
  const index = text.split('\n').findIndex(line => {
    const key = /^\s+(['"]?)(.+?)\1\s*:\s*(#.*|\{.*)?$/.exec(line)?.[2]
    return key === topic
  })
  return index < 0 ? 1 : index + 1
}
