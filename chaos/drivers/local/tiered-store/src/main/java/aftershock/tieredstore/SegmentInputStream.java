package aftershock.tieredstore;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;

/** Bytes of a segment, chunk by chunk. It holds one chunk and no connection, so closing it costs nothing. */
final class SegmentInputStream extends InputStream {
  interface Chunks {
    /** The chunk that begins at this position, which is a multiple of the chunk's size. */
    byte[] at(int position) throws RemoteStorageException;
  }

  private final Chunks chunks;
  private final int chunkBytes;
  private final int end;
  private int position;
  private byte[] chunk;
  private int chunkPosition;
  private boolean closed = false;

  /**
   * The first chunk is read at once: that a segment is not there is for who asks for the stream to know.
   *
   * @param end position behind the last byte
   */
  SegmentInputStream(Chunks chunks, int chunkBytes, int start, int end) throws RemoteStorageException {
    this.chunks = chunks;
    this.chunkBytes = chunkBytes;
    this.position = start;
    this.end = end;
    turnTo(start);
  }

  private void turnTo(int wanted) throws RemoteStorageException {
    chunkPosition = wanted - wanted % chunkBytes;
    chunk = chunks.at(chunkPosition);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (closed) throw new IOException("the stream is closed");
    if (length == 0) return 0;
    if (position >= end) return -1;
    if (position - chunkPosition >= chunk.length) nextChunk();
    int read = Math.min(length, available());
    System.arraycopy(chunk, position - chunkPosition, target, offset, read);
    position += read;
    return read;
  }

  private void nextChunk() throws IOException {
    try {
      turnTo(position);
    } catch (RemoteStorageException failed) {
      throw new IOException("cannot read on at position " + position, failed);
    }
  }

  @Override
  public long skip(long bytes) {
    if (closed) return 0;
    int skipped = (int) Math.max(0, Math.min(bytes, (long) end - position));
    // Only within the chunk at hand; whoever wants more asks again, and reads on from there.
    skipped = Math.min(skipped, available());
    position += skipped;
    return skipped;
  }

  @Override
  public int available() {
    if (closed) return 0;
    return Math.max(0, Math.min(end, chunkPosition + chunk.length) - position);
  }

  @Override
  public void close() {
    closed = true;
    chunk = null;
  }
}
