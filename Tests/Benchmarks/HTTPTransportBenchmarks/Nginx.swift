/// nginx with one worker, on the same tasks.
enum Nginx {
    /// What every server here answers.
    static let answer = #"{"hello":"world"}"#

    /// The port for HTTP/1.1; HTTP/2 is on the second.
    static func start(upstream: Int, in folder: Folder, processor: Int) throws -> (peer: Peer, http2: Int) {
        let (port, http2) = (try Loopback.freePort(), try Loopback.freePort())
        let configuration = try folder.write(
            "nginx.conf",
            """
            daemon off; master_process off; pid nginx.pid; worker_rlimit_nofile 20000; error_log stderr crit;
            events { worker_connections 8192; }
            http {
                access_log off; keepalive_requests 1000000000; tcp_nodelay on;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                upstream source { server 127.0.0.1:\(upstream); keepalive 1024; keepalive_requests 1000000000; }
                server {
                    listen 127.0.0.1:\(port) backlog=4096;
                    listen 127.0.0.1:\(http2) http2 backlog=4096;
                    location / { default_type application/json; return 200 '\(answer)'; }
                    location /events {
                        proxy_pass http://source; proxy_http_version 1.1; proxy_set_header Connection "";
                        proxy_buffering off;
                    }
                }
            }
            """)
        let arguments = ["-p", folder.path, "-c", configuration, "-e", "stderr"]
        // Debian keeps it where not everybody looks.
        let peer = try Peer("nginx", port: port, "/usr/sbin/nginx", arguments, processor: processor)
        return (peer, http2)
    }
}
