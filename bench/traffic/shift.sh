#!/usr/bin/env bash
# shift.sh NAMESPACE BUILD WEIGHT: the same job as people script it with kubectl: a share for a build, or none with 0.
# Knows what the Action finds out: the objects' names, the default route, the host, and that there is one other build.
# In the right order, the subset before its route and after it.
set -euo pipefail
namespace=$1 build=$2 weight=$3

get() { kubectl --namespace "$namespace" get "$1" api --output "jsonpath=$2"; }
patch() { kubectl --namespace "$namespace" patch "$1" api --type json --patch "$2" >/dev/null; }

# position OF WORDS…: of a word among others.
position() {
  local wanted=$1 at=0 word
  shift
  for word; do
    [[ $word == "$wanted" ]] && break
    at=$((at + 1))
  done
  printf '%d' "$at"
}

if [[ $weight -gt 0 ]]; then
  ready=$(kubectl --namespace "$namespace" get pods --selector "app=api,build=$build" \
    --output 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}')
  if [[ $ready != *True* ]]; then
    printf 'No pod of %s is ready.\n' "$build" >&2
    exit 1
  fi
fi
read -ra subsets <<<"$(get destinationrule '{.spec.subsets[*].name}')"
read -ra routes <<<"$(get virtualservice '{.spec.http[*].name}')"
subset=$(position "$build" "${subsets[@]}")
route=/spec/http/$(position default "${routes[@]}")/route
host=api.$namespace.svc.cluster.local

destination() { printf '{"destination": {"host": "%s", "subset": "%s", "port": {"number": 80}}, "weight": %d}' "$host" "$1" "$2"; }

if [[ $weight -gt 0 ]]; then
  if [[ $subset -eq ${#subsets[@]} ]]; then
    patch destinationrule '[{"op": "add", "path": "/spec/subsets/-", "value": {"name": "'"$build"'", "labels": {"build": "'"$build"'"}}}]'
  fi
  patch virtualservice '[{"op": "replace", "path": "'"$route"'", "value": ['"$(destination v1 $((100 - weight))), $(destination "$build" "$weight")"']}]'
else
  patch virtualservice '[{"op": "replace", "path": "'"$route"'", "value": ['"$(destination v1 100)"']}]'
  if [[ $subset -lt ${#subsets[@]} ]]; then
    patch destinationrule '[{"op": "remove", "path": "/spec/subsets/'"$subset"'"}]'
  fi
fi
