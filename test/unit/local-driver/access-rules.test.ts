import assert from 'node:assert/strict'
import kafkajs, { type Admin } from 'kafkajs'
import { accessRules } from '../../../chaos/drivers/local/regions/topic-facts.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

describe('rules of an authorizer', () => {
  it('are told in words', async () => {
    const acl = {
      principal: 'User:connector',
      host: '*',
      operation: AclOperationTypes.DESCRIBE_CONFIGS,
      permissionType: AclPermissionTypes.ALLOW,
    }
    const admin = {
      describeAcls: async () => ({
        resources: [
          {
            resourceType: AclResourceTypes.TOPIC,
            resourceName: 'connect-',
            resourcePatternType: ResourcePatternTypes.PREFIXED,
            acls: [acl, { ...acl, operation: 99, permissionType: AclPermissionTypes.DENY }],
          },
        ],
      }),
    } as unknown as Admin
    assert.deepEqual(await accessRules(admin), [
      'User:connector may DESCRIBE_CONFIGS on TOPIC connect- (PREFIXED) from *',
      'User:connector may not number 99 on TOPIC connect- (PREFIXED) from *',
    ])
  })

  it('are none where nobody is asked', async () => {
    const admin = {
      describeAcls: async () => {
        throw new Error('Security features are disabled')
      },
    } as unknown as Admin
    assert.equal(await accessRules(admin), null)
  })
})
