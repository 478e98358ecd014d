import { type CompatibilityLine, must } from '../line.ts'

function framed(id: number): Buffer {
  const frame = Buffer.alloc(5)
  frame.writeInt32BE(id, 1)
  return frame
}

export const schemaFraming: CompatibilityLine = {
  line: 'schema-framing',
  asks: 'The framing of schema registries, a magic byte and an id before the payload, comes back byte for byte',
  neededBy: 'teams with Avro, Protobuf or JSON schemas',
  kafkajs: async place => {
    const topic = await place.topic('schema-framing')
    const payload = Buffer.from(Array.from({ length: 256 }, (_, n) => n))
    const value = Buffer.concat([framed(100_001), payload])
    const key = Buffer.concat([framed(7), Buffer.from('d-1')])
    await place.send(topic, [{ key, value }])
    const [found] = await place.read(topic, 1)
    must(
      found?.value?.equals(value) === true && found.key?.equals(key) === true,
      'the frame came back otherwise',
    )
    return 'magic byte, four bytes of id, and what follows, in keys and values'
  },
  librdkafka: 'probe',
  java: 'probe',
}
