using System.Net.Sockets;
using Collector.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Collector.Endpoints;

/// <summary>The collector cannot listen on the address of a setting; the message is for the user.</summary>
public sealed class ListenException : Exception
{
    internal ListenException(string setting, ListenAddress address, Exception inner)
        : base($"{setting}: cannot listen on {address}: {Reason(inner)}", inner)
    {
    }

    private static string Reason(Exception failure) => failure switch
    {
        AddressInUseException or { InnerException: AddressInUseException } =>
            "the address is in use by another process; choose another port, or stop that process",
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            "permission denied; a port below 1024 needs CAP_NET_BIND_SERVICE",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            "this host has no such address",
        _ => failure.Message,
    };
}
