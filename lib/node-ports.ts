/** The same ports as in the local lab; the database's is not PostgreSQL's usual one, and the lab has no agents. */
export const NODE_PORTS = {
  client: 9092,
  control: 9093,
  replication: 9094,
  database: 15432,
  agent: 7071,
} as const
