import { type CompatibilityLine, must } from '../line.ts'

export const headers: CompatibilityLine = {
  line: 'headers',
  asks: 'Headers, absent keys and absent values come back byte for byte',
  neededBy: 'tracing, and every team that routes by headers',
  kafkajs: async place => {
    const topic = await place.topic('headers')
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n))
    const given = { twice: ['one', 'two'], bytes, empty: '' }
    await place.send(topic, [
      { key: null, value: 'v', headers: given },
      { key: 'k', value: null },
    ])
    const [first, second] = await place.read(topic, 2)
    const twice = first?.headers['twice']
    must(
      Array.isArray(twice) && twice.map(String).join() === 'one,two',
      'a key that repeats came back otherwise',
    )
    must(
      bytes.equals(Buffer.from((first?.headers['bytes'] as Buffer | undefined) ?? '')),
      'bytes came back otherwise',
    )
    must(first?.key === null && second?.value === null, 'an absent key or value came back as one')
    return 'keys that repeat, bytes, absent keys and values'
  },
  librdkafka: 'probe',
  java: 'probe',
}
