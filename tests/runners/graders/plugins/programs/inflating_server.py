#!/usr/bin/python3
"""A gRPC grader whose answers are short, compressed, and huge once they are inflated: MEBIBYTES Gzip|Deflate."""
from concurrent import futures
import sys

import grpc


def length(number):
    """A number as protobuf writes it."""
    written = b""
    while number >= 128:
        written += bytes([number & 127 | 128])
        number >>= 7
    return written + bytes([number])


def field(number, content):
    return length(number << 3 | 2) + length(len(content)) + content


PASSING = b"\x18\x01" + field(5, b"x" * (int(sys.argv[1]) << 20))  # and a long reason
ANSWERS = {
    "/grpc.health.v1.Health/Check": b"\x08\x01",  # SERVING
    "/assay.v1.GraderPlugin/Describe": field(2, b"1"),
    "/assay.v1.GraderPlugin/Grade": field(1, PASSING),
}


class AnyMethod(grpc.GenericRpcHandler):
    def service(self, call):
        def answer(request, context):
            if call.method.endswith("/Grade"):
                context.set_compression(getattr(grpc.Compression, sys.argv[2]))
            return ANSWERS[call.method]

        return grpc.unary_unary_rpc_method_handler(answer)


server = grpc.server(futures.ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((AnyMethod(),))
print("listening on port", server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
