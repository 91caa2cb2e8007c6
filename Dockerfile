# docker build -t feedproxy .
# docker run -d --restart unless-stopped -p 8000:8000 -e FEEDPROXY_PUBLIC_URL=http://localhost:8000 \
#   -v ./rules:/rules:ro -v feedproxy:/data feedproxy
#
# FEEDPROXY_PUBLIC_URL is the address that readers have, which a container cannot know.
# The rules folder is read while it runs: edit it on the host. A stop may take as long
# as gunicorn's graceful_timeout: `docker stop -t 35`.

FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY feedproxy feedproxy
RUN python -m venv /opt/feedproxy \
 && /opt/feedproxy/bin/pip install --no-cache-dir -c constraints.txt '.[postgres]'

FROM python:3.12-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data feedproxy \
 && install -d -o feedproxy -g feedproxy /data /rules
COPY --from=build /opt/feedproxy /opt/feedproxy
COPY gunicorn.conf.py /etc/feedproxy/

# DATABASE_URL and not FEEDPROXY_DATABASE, which would win over a platform's DATABASE_URL.
# PORT also makes gunicorn listen on all of the container's addresses.
ENV PATH=/opt/feedproxy/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FEEDPROXY_RULES=/rules \
    DATABASE_URL=sqlite:////data/feedproxy.db \
    PORT=8000
VOLUME ["/rules", "/data"]
EXPOSE 8000
USER feedproxy

# Not by urllib, which would ask HTTP_PROXY for it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", \
  "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=3); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]

CMD ["gunicorn", "-c", "/etc/feedproxy/gunicorn.conf.py", "feedproxy.wsgi:app"]
