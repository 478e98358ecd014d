import { OBJECT_STORE_HOST } from '../../../core/topology.ts'
import { S3_PORT } from '../../../platforms/addresses.ts'

/** As brokers of every zone see it: each over its own zone's link. */
export const STORE_ENDPOINT = `http://${OBJECT_STORE_HOST}:${S3_PORT}`
