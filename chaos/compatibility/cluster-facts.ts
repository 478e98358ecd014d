import kafkajs, { type Admin } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import type { Address } from '../core/network.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { LoggedInConnection } from '../kafka/logged-in-connection.ts'
import { type AdvertisedBroker, metadataRequest, readAdvertised } from '../kafka/wire.ts'

const ANSWER_MS = 10_000

/** As they advertise themselves, with their racks. @throws AftershockError `unavailable` where the first does not answer */
export async function advertisedBy(
  { host, port }: Address,
  login: BrokerLogin | null,
  clock: Clock,
): Promise<readonly AdvertisedBroker[]> {
  const connection = new LoggedInConnection({ host, port }, host, login)
  try {
    return readAdvertised(await connection.request(metadataRequest(1, []), ANSWER_MS, clock))
  } finally {
    connection.close()
  }
}

/** Whether brokers ask who may do what: those that do not say so. */
export async function hasAuthorizer(admin: Admin): Promise<boolean> {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
  try {
    await admin.describeAcls({
      resourceType: AclResourceTypes.CLUSTER,
      resourceName: 'kafka-cluster',
      resourcePatternType: ResourcePatternTypes.LITERAL,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    })
    return true
  } catch (error) {
    return !(error instanceof Error && 'type' in error && error.type === 'SECURITY_DISABLED')
  }
}
