/** `config/configuration.json` of a run: what was decided for it besides the files of its nodes beside it. */
export interface RunConfiguration {
  readonly format: 1
  /** Versions of what no other file names, by name: `{"java":"17.0.15+6 (OpenJDK …)","versitygw":"1.8.0"}`. */
  readonly software: Readonly<Record<string, string>>
  /** On the brokers' class path, by name. */
  readonly jars: readonly string[]
  /** How each node's process was started. */
  readonly nodes: readonly {
    readonly node: number
    readonly program: string
    readonly arguments: readonly string[]
    readonly environment: Readonly<Record<string, string | undefined>>
  }[]
  readonly topics: Readonly<
    Record<
      string,
      {
        readonly partitions: number
        readonly replicas: number
        readonly settings: Readonly<Record<string, string>>
      }
    >
  >
}
