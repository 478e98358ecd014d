package aftershock.tieredstore;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A way to the store that can be bad: it forwards bytes, or does what its mode says. */
final class FaultyLink implements AutoCloseable {
  enum Mode {
    PASS,
    /** Connections are made, and nothing is ever read or said. */
    SILENT,
    /** Connections stand still when a client has sent 1 MiB over them. */
    STANDSTILL,
    /** Every request is read, and answered with 503 SlowDown. */
    BUSY
  }

  private static final String SLOW_DOWN = "<Error><Code>SlowDown</Code><Message>later</Message></Error>";
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");

  private static final int STANDSTILL_BYTES = 1024 * 1024;

  private final InetSocketAddress store;
  private final InetSocketAddress here;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Mode mode = Mode.PASS;
  private ServerSocket server;
  private Thread accepting;
  private int affected = 0;

  /** @param host an address that nobody else uses: a port that is given up must be had again. */
  FaultyLink(URI store, String host) throws IOException {
    this.store = new InetSocketAddress(store.getHost(), store.getPort());
    here = listen(new InetSocketAddress(host, 0));
  }

  String endpoint() {
    return "http://%s:%d".formatted(here.getAddress().getHostAddress(), here.getPort());
  }

  /** Ends the connections that are open; those that are made from now on are bad in this way. */
  synchronized void begin(Mode fault) throws IOException {
    mode = fault;
    affected = 0;
    for (Socket socket : open) socket.close();
    open.clear();
  }

  /** Ends the connections that are open, and takes no others. */
  void refuse() throws IOException, InterruptedException {
    server.close();
    // Until then it may accept one more.
    accepting.join();
    begin(Mode.PASS);
  }

  /** New connections are good. Those made during a fault stay as they are: nobody tells a client. */
  synchronized void heal() throws IOException {
    mode = Mode.PASS;
    if (server.isClosed()) listen(here);
  }

  /** Waits until this many connections met the present fault. */
  synchronized void awaitAffected(int wanted) throws InterruptedException {
    while (affected < wanted) wait();
  }

  private synchronized void countAffected() {
    affected++;
    notifyAll();
  }

  private InetSocketAddress listen(InetSocketAddress address) throws IOException {
    ServerSocket listening = new ServerSocket();
    listening.setReuseAddress(true);
    listening.bind(address);
    server = listening;
    accepting = daemon(() -> accept(listening));
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }

  private void accept(ServerSocket listening) throws IOException {
    while (true) {
      Socket socket = listening.accept();
      open.add(socket);
      switch (mode) {
        case PASS -> pass(socket, false);
        case STANDSTILL -> pass(socket, true);
        case SILENT -> countAffected();
        case BUSY -> daemon(() -> {
          refuseRequest(socket);
          countAffected();
        });
      }
    }
  }

  private void pass(Socket socket, boolean standsStill) throws IOException {
    Socket onward = new Socket(store.getAddress(), store.getPort());
    open.add(onward);
    // Else a small answer waits for the acknowledgement of the one before it, 40 ms each time.
    for (Socket end : new Socket[] {socket, onward}) end.setTcpNoDelay(true);
    daemon(() -> {
      if (standsStill) pumpUntilStandstill(socket, onward);
      else pump(socket, onward);
    });
    daemon(() -> {
      // A store that loses its patience must not end what stands still here.
      if (standsStill) onward.getInputStream().transferTo(socket.getOutputStream());
      else pump(onward, socket);
    });
  }

  private void pumpUntilStandstill(Socket from, Socket to) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    for (int sent = 0; sent < STANDSTILL_BYTES; ) {
      int read = from.getInputStream().read(buffer);
      if (read < 0) return;
      to.getOutputStream().write(buffer, 0, read);
      sent += read;
    }
    countAffected();
  }

  private static void pump(Socket from, Socket to) throws IOException {
    try (from; to) {
      from.getInputStream().transferTo(to.getOutputStream());
    }
  }

  /** The body is read first: else the client sees a broken pipe instead of the answer. */
  private static void refuseRequest(Socket socket) throws IOException {
    try (socket) {
      InputStream in = socket.getInputStream();
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) return;
        head.write(next);
      }
      Matcher length = LENGTH.matcher(head.toString(StandardCharsets.ISO_8859_1));
      if (length.find()) in.skipNBytes(Long.parseLong(length.group(1)));
      String answer = "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n"
          + "Connection: close\r\n\r\n%s";
      OutputStream out = socket.getOutputStream();
      out.write(answer.formatted(SLOW_DOWN.length(), SLOW_DOWN).getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }
  }

  private interface Task {
    void run() throws IOException;
  }

  /** A connection that ends under a task is what this link is for. */
  private static Thread daemon(Task task) {
    Thread thread = new Thread(() -> {
      try {
        task.run();
      } catch (IOException ended) {
        // As above.
      }
    });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  @Override
  public void close() throws IOException {
    server.close();
    begin(Mode.PASS);
  }
}
