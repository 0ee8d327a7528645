namespace FastAlign.Kernels.Device;

/// <summary>How a device is driven.</summary>
public enum DeviceKind
{
    /// <summary>NVIDIA, through PTX.</summary>
    Cuda,

    /// <summary>Any OpenCL device, through OpenCL C; PoCL makes one of the processor.</summary>
    OpenCL,

    /// <summary>Threads of the host in the place of device threads: for finding errors, not for speed.</summary>
    Simulator,
}
