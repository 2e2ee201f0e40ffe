using System.Text.Json;

namespace Collector.Kubernetes;

/// <summary>Reads what only pods have: their containers of all three kinds, as spec and status have them, in whichever order those come.</summary>
internal sealed class PodReader(JsonTokens json, CancellationToken cancellation)
{
    /// <summary>Reads a pod's <c>spec</c>, which was just entered.</summary>
    public async ValueTask ReadSpecAsync(ApiObject item)
    {
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("nodeName"u8))
            {
                item.NodeName = await StringAsync();
            }
            else if ((json.Is("containers"u8) || json.Is("initContainers"u8) || json.Is("ephemeralContainers"u8)) &&
                await json.EnterAsync(JsonTokenType.StartArray, cancellation))
            {
                while (await json.NextAsync(cancellation))
                {
                    await ReadContainerAsync(item);
                }
            }
            else
            {
                await SkipMemberAsync();
            }
        }
    }

    private async ValueTask ReadContainerAsync(ApiObject item)
    {
        var (name, image) = ("", "");
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("name"u8))
            {
                name = await StringAsync();
            }
            else if (json.Is("image"u8))
            {
                image = await StringAsync();
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        item.Containers[name] = (item.Containers.GetValueOrDefault(name) ?? new ContainerState()) with { SpecImage = image };
    }

    /// <summary>Reads a pod's <c>status</c>, which was just entered.</summary>
    public async ValueTask ReadStatusAsync(ApiObject item)
    {
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("phase"u8))
            {
                item.Phase = await StringAsync();
            }
            else if ((json.Is("containerStatuses"u8) || json.Is("initContainerStatuses"u8) || json.Is("ephemeralContainerStatuses"u8)) &&
                await json.EnterAsync(JsonTokenType.StartArray, cancellation))
            {
                while (await json.NextAsync(cancellation))
                {
                    await ReadContainerStatusAsync(item);
                }
            }
            else
            {
                await SkipMemberAsync();
            }
        }
    }

    private async ValueTask ReadContainerStatusAsync(ApiObject item)
    {
        var (name, state) = ("", new ContainerState());
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("name"u8))
            {
                name = await StringAsync();
            }
            else if (json.Is("image"u8))
            {
                state = state with { Image = await StringAsync() };
            }
            else if (json.Is("imageID"u8))
            {
                state = state with { ImageId = await StringAsync() };
            }
            else if (json.Is("containerID"u8))
            {
                state = state with { Id = WithoutRuntime(await StringAsync()) };
            }
            else if (json.Is("restartCount"u8))
            {
                state = state with { RestartCount = await json.ReadNumberAsync(cancellation) };
            }
            else if (json.Is("state"u8) && await EnterAsync())
            {
                var (kind, _) = await ReadStateAsync();
                state = state with { IsRunning = kind == "running", IsTerminated = kind == "terminated" };
            }
            else if (json.Is("lastState"u8) && await EnterAsync())
            {
                state = state with { LastId = (await ReadStateAsync()).Id };
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        item.Containers[name] = state with { SpecImage = item.Containers.GetValueOrDefault(name)?.SpecImage ?? "" };
    }

    /// <summary>Reads <c>{"terminated":{"containerID":…}}</c>; at most one of <c>waiting</c>, <c>running</c> and <c>terminated</c> is there.</summary>
    private async ValueTask<(string Kind, string Id)> ReadStateAsync()
    {
        var (kind, id) = ("", "");
        while (await json.NextAsync(cancellation))
        {
            kind = json.Text();
            if (!await EnterAsync())
            {
                continue;
            }

            while (await json.NextAsync(cancellation))
            {
                if (json.Is("containerID"u8))
                {
                    id = WithoutRuntime(await StringAsync());
                }
                else
                {
                    await SkipMemberAsync();
                }
            }
        }

        return (kind, id);
    }

    /// <summary>From <c>containerd://&lt;id&gt;</c> the id.</summary>
    private static string WithoutRuntime(string id) => id.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? id[(at + 3)..] : id;

    private ValueTask<bool> EnterAsync() => json.EnterAsync(JsonTokenType.StartObject, cancellation);

    private ValueTask SkipMemberAsync() => json.SkipMemberAsync(cancellation);

    private async ValueTask<string> StringAsync() => await json.ReadStringAsync(cancellation) ?? "";
}
