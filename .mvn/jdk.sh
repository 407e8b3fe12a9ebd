# Sourced by ./mvnw and ./gateway: exports JAVA_HOME of a JDK of at least the given feature release.
# Looks at JAVA_HOME, then `javac` on the PATH, then the folders where JDKs are usually installed.

jdk_feature_release() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

jdk_candidates() {
  [ -n "${JAVA_HOME:-}" ] && printf '%s\n' "$JAVA_HOME"
  if command -v javac >/dev/null 2>&1; then
    local javac
    javac=$(readlink -f "$(command -v javac)") && printf '%s\n' "${javac%/bin/javac}"
  fi
  local home
  for home in /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* /opt/*jdk* "$HOME"/.sdkman/candidates/java/* \
      "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    [ -d "$home" ] && printf '%s\n' "$home"
  done
}

jdk_require() {
  local wanted=$1 home release best='' best_release=0
  while IFS= read -r home; do
    release=$(jdk_feature_release "$home") || continue
    [ -n "$release" ] || continue
    if [ "$release" -eq "$wanted" ]; then
      export JAVA_HOME="$home"
      return 0
    fi
    if [ "$release" -gt "$wanted" ] && [ "$release" -gt "$best_release" ]; then
      best=$home best_release=$release
    fi
  done <<<"$(jdk_candidates)"
  if [ -n "$best" ]; then
    export JAVA_HOME="$best"
    return 0
  fi
  printf '%s\n' \
    "No JDK $wanted was found (looked at JAVA_HOME, PATH and the usual JDK folders)." \
    "Install one, for example Eclipse Temurin $wanted (https://adoptium.net), or point JAVA_HOME at it." >&2
  return 1
}
