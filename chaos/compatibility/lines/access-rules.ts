import kafkajs from 'kafkajs'
import { CannotTry, type CompatibilityLine } from '../line.ts'

export const accessRules: CompatibilityLine = {
  line: 'access-rules',
  asks: 'Access rules are made, told and taken away',
  neededBy: 'whoever governs who may read and replay',
  kafkajs: async place => {
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
    const rule = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: place.group('access-rules'),
      resourcePatternType: ResourcePatternTypes.PREFIXED,
      principal: 'User:nobody',
      host: '*',
      operation: AclOperationTypes.READ,
      permissionType: AclPermissionTypes.ALLOW,
    }
    const isTold = async () => (await place.admin.describeAcls(rule)).resources.length > 0
    if (!place.hasAuthorizer) throw new CannotTry('this cluster has no authorizer')
    await place.admin.createAcls({ acl: [rule] })
    try {
      await place.until('the rule to be told', isTold)
    } finally {
      await place.admin.deleteAcls({ filters: [rule] })
    }
    await place.until('the rule to be gone', async () => !(await isTold()))
    return 'a rule for a prefix is made, told and taken away'
  },
  librdkafka: 'probe',
  java: 'probe',
}
