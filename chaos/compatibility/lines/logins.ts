import { CannotTry, type CompatibilityLine, lacking } from '../line.ts'

export const logins: CompatibilityLine = {
  line: 'logins',
  asks: 'Clients log in by the mechanism that was given, and a wrong password is refused',
  neededBy: 'everybody, where brokers ask who is there',
  kafkajs: async place => {
    const { login } = place
    if (!login || login.mechanism === null) throw new CannotTry('nobody logs in to this listener')
    await place.admin.describeCluster()
    const { mechanism = 'SCRAM-SHA-512' } = login
    if (mechanism === 'OAUTHBEARER') return mechanism
    const wrong = place.withLogin({ ...login, password: () => 'not-the-password' })
    try {
      await wrong.connect()
    } catch {
      return `${mechanism}; a wrong password is refused`
    } finally {
      await wrong.disconnect()
    }
    return lacking('a wrong password was let in')
  },
  librdkafka: 'probe',
  java: 'probe',
}
