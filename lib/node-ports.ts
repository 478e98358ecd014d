/** The same ports as in the local lab; the database's is not PostgreSQL's usual one. */
export const NODE_PORTS = { client: 9092, control: 9093, replication: 9094, database: 15432 } as const
