# Two stages, so that pip and its caches stay behind. How this is built without Docker: docs/building-the-image.md
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN python3 -m venv /opt/latchkey \
 && /opt/latchkey/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY storage storage
RUN /opt/latchkey/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN groupadd --gid 10001 latchkey \
 && useradd --uid 10001 --gid latchkey --no-create-home --home-dir /data latchkey \
 && install -d -o latchkey -g latchkey /data
COPY --from=build /opt/latchkey /opt/latchkey
ENV PATH=/opt/latchkey/bin:$PATH PYTHONUNBUFFERED=1 DATABASE=/data/latchkey.db
USER latchkey
WORKDIR /data
VOLUME /data
# A command in flight is finished and recorded before the bot ends: give it the time (docker stop --time 60).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["latchkey", "health"]
ENTRYPOINT ["latchkey"]
CMD ["run"]
