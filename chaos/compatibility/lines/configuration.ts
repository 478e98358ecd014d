import kafkajs from 'kafkajs'
import { type CompatibilityLine, must } from '../line.ts'

export const configuration: CompatibilityLine = {
  line: 'configuration',
  asks: 'Settings of topics are told, and changed as a whole',
  neededBy: 'tools that are older than incremental changes',
  kafkajs: async place => {
    const topic = await place.topic('configuration', { 'retention.ms': '3600000' })
    const told = async () => {
      const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }]
      const found = await place.admin.describeConfigs({ includeSynonyms: false, resources })
      const entries = found.resources[0]?.configEntries ?? []
      return entries.find(({ configName }) => configName === 'retention.ms')?.configValue
    }
    must((await told()) === '3600000', 'a topic has another setting than it was made with')
    const configEntries = [{ name: 'retention.ms', value: '7200000' }]
    const changed = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }]
    await place.admin.alterConfigs({ validateOnly: false, resources: changed })
    await place.until('the change to be told', async () => (await told()) === '7200000')
    return 'settings of topics are told and changed as a whole'
  },
  librdkafka: 'probe',
  java: { why: 'its administration changes settings one by one alone since 4.0' },
}
