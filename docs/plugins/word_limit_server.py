#!/usr/bin/env python3
"""A gRPC server that passes answers of at most so many words: HOST:PORT."""
import json, sys
from concurrent import futures

import grpc
from assay.v1 import grader_plugin_pb2 as messages, grader_plugin_pb2_grpc as services


class MaxWords(services.GraderPluginServicer):
    def Describe(self, request, context):
        return messages.DescribeResponse(name="max_words", version="1")

    def Grade(self, request, context):
        fields = json.loads(request.case.fields_json)  # of the case, "question" and the others
        words = len(request.response.text.split())
        most = int(fields.get("words", request.options["words"]))
        score = messages.PluginScore(value=1 if words <= most else 0)  # a decision: 1 passes
        score.reason = f"{words} words, and {most} are allowed"
        return messages.GradeResponse(score=score, version="1")


def check_health(request, context):
    return b"\x08\x01"  # SERVING; the package grpcio-health-checking has all of the service


server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
services.add_GraderPluginServicer_to_server(MaxWords(), server)
health = {"Check": grpc.unary_unary_rpc_method_handler(check_health)}
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.health.v1.Health", health),))
print("listening on port", server.add_insecure_port(sys.argv[1] if len(sys.argv) > 1 else "localhost:50061"))
server.start()
server.wait_for_termination()
