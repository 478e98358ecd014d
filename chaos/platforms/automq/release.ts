/** How AutoMQ is published: on no package registry, but as a tarball and in images. 1.7.3 is of 2026-08-18. */
export const AUTOMQ_RELEASE = '1.7.3'
export const AUTOMQ_TARBALL = `automq-${AUTOMQ_RELEASE}_kafka-3.9.1.tgz`
export const AUTOMQ_TARBALL_URL = `https://github.com/AutoMQ/automq/releases/download/${AUTOMQ_RELEASE}/${AUTOMQ_TARBALL}`

/** Each line a way of its own; a shell runs them as they are. */
export const AUTOMQ_GET_COMMANDS = [
  `curl -fLO ${AUTOMQ_TARBALL_URL}   # then give --automq-dist ${AUTOMQ_TARBALL}`,
  `docker create --name automq automqinc/automq:${AUTOMQ_RELEASE} && docker cp automq:/opt/automq ./automq && docker rm automq`,
  'export AUTOMQ_HOME="$PWD/automq"   # the folder out of the image, or wherever one is unpacked',
] as const

export const AUTOMQ_HOW_TO_GET = `Download ${AUTOMQ_TARBALL} from AutoMQ's releases on GitHub and give it with --automq-dist, or copy /opt/automq out of its image (docker create, docker cp) and name the folder in AUTOMQ_HOME.`

/** Set to 1, a distribution that only has AutoMQ's layout is run all the same: for testing the lab alone. */
export const ALLOW_STAND_IN = 'AFTERSHOCK_ALLOW_STAND_IN'
